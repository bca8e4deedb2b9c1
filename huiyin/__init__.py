"""Huiyin 回音: grievance (信访) case management for a state-owned enterprise."""

__version__ = "0.1.0"
