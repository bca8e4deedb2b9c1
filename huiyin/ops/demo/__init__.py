"""A fictional enterprise with people and cases in every stage, to look around in."""
