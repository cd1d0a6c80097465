"""Questions made from texts without any: weak supervision for the reader.

`generate` asks about unlabelled passages; `vary` changes human questions.
"""

from training.weak.generating import generate, vary
from training.weak.parsing import Parser

__all__ = ["Parser", "generate", "vary"]
