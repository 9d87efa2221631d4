"""Windows a second of PyTorch with the stock model of full size, beside `tapedeck bench stock`.

    python scripts/peers/stock_model.py [--rows 60] [--batch 32] [--threads 2] [--precision f32] [--seconds 3]

Needs torch. Precisions: f32; bf16 (all weights and activations); autocast (bfloat16 products); each also through PyTorch's
fast path for encoders (what its TransformerEncoder does by itself in inference), and with --compile through torch.compile.
"""
import argparse
import pathlib
import statistics
import sys
import time

import torch

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "golden"))
from stock_model import SimpleTransformerPredictor  # noqa: E402


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=60)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--precision", choices=["f32", "bf16", "autocast"], action="append")
    parser.add_argument("--compile", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    for precision in options.precision or ["f32", "bf16", "autocast"]:
        torch.manual_seed(1)
        model = SimpleTransformerPredictor(1123, 1024, 10, 16, "classification").eval()
        x = torch.randn(options.batch, options.rows, 1123)
        if precision == "bf16":
            model, x = model.bfloat16(), x.bfloat16()
        run = torch.compile(model) if options.compile else model
        times = []
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=precision == "autocast"):
            run(x)
            end = time.perf_counter() + options.seconds
            while time.perf_counter() < end or len(times) < 3:
                begin = time.perf_counter()
                run(x)
                times.append(time.perf_counter() - begin)
        print(f"pytorch {torch.__version__} {precision}{' compiled' if options.compile else ''}: "
              f"{options.batch / statistics.median(times):.1f} windows/s")


main()
