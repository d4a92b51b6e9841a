"""Memory processing as PyTorch modules: prepare, relevancy, retrieve, apply, one method a file.

They are ordinary PyTorch, and run in eager or by any backend; ``torch.compile(memory, backend="fpga")`` is what they
are for. docs/memory.md lists them.
"""

from torch_fpga.memory.bm25 import BM25
from torch_fpga.memory.deepseek import DeepSeekSize, DeepSeekSparseAttention
from torch_fpga.memory.dense import DenseRetrieval
from torch_fpga.memory.hmt import HMT
from torch_fpga.memory.keys_values import CacheSize
from torch_fpga.memory.lact import LaCT
from torch_fpga.memory.lserve import LServe
from torch_fpga.memory.mem_agent import MemAgent, Text
from torch_fpga.memory.memory import Memory
from torch_fpga.memory.moba import MoBA
from torch_fpga.memory.nsa import NativeSparseAttention
from torch_fpga.memory.passages import Hits, Retrieved
from torch_fpga.memory.quest import Quest
from torch_fpga.memory.rotary import Yarn
from torch_fpga.memory.seer import SeerAttention
from torch_fpga.memory.selection import Selection
from torch_fpga.memory.shadow_kv import ShadowKV
from torch_fpga.memory.titans import Titans
from torch_fpga.memory.two_stage import TwoStage
from torch_fpga.steps import STEPS, step

__all__ = [
    "BM25",
    "HMT",
    "STEPS",
    "CacheSize",
    "DeepSeekSize",
    "DeepSeekSparseAttention",
    "DenseRetrieval",
    "Hits",
    "LServe",
    "LaCT",
    "MemAgent",
    "Memory",
    "MoBA",
    "NativeSparseAttention",
    "Quest",
    "Retrieved",
    "SeerAttention",
    "Selection",
    "ShadowKV",
    "Text",
    "Titans",
    "TwoStage",
    "Yarn",
    "step",
]
