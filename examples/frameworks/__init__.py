"""The same network in one framework after the other, each tuned by Ikura."""
