"""The web page over a FactChecker: what it shows, how it looks and the server it stands in."""

import os

# Gradio reads these when it is imported; without them it looks things up on the network.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_OFFLINE"] = "1"
