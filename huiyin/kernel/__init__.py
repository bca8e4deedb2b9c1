"""Pure Python ground: no models, no Django. Errors, actors, ids, masks, Chinese text."""
