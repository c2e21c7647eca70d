"""Pictures of events: styles, palettes, text, renderers."""
