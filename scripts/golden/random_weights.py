"""The weights that Sources/Encoders/Weights/RandomWeights.swift makes, with the generator's steps taken for a whole block at a time."""
import numpy as np

MULTIPLIER, INCREMENT, MASK = 6364136223846793005, 1442695040888963407, (1 << 64) - 1


def values(name, shape, seed=1):
    state = (seed + 0x9E3779B97F4A7C15) & MASK
    for byte in name.encode():
        state = ((state ^ byte) * 0x100000001B3) & MASK
    count, block = int(np.prod(shape)), 1 << 16
    with np.errstate(over="ignore"):
        power = np.cumprod(np.full(block, MULTIPLIER, np.uint64))  # a^1 ... a^block
        offset = np.cumsum(np.concatenate([np.ones(1, np.uint64), power[:-1]])) * np.uint64(INCREMENT)
        out = np.empty(count, np.float32)
        scale = np.float32(np.float32(0.02) * np.float32(1.7320508) / np.float32(1 << 23))
        for first in range(0, count, block):
            states = power * np.uint64(state) + offset
            n = min(block, count - first)
            out[first : first + n] = ((states[:n] >> np.uint64(40)).astype(np.int64) - (1 << 23)).astype(np.float32) * scale
            state = int(states[-1])
    return out.reshape(shape) + np.float32(1 if len(shape) == 1 and name.endswith(".weight") else 0)
