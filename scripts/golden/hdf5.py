"""A file made by h5py, with the kinds of data and layout that others write: Tests/HDF5Tests/Golden/h5py.h5.

    python scripts/golden/hdf5.py        # needs h5py and numpy
"""
import pathlib

import h5py
import numpy as np

folder = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "HDF5Tests" / "Golden"
folder.mkdir(exist_ok=True)
with h5py.File(folder / "h5py.h5", "w") as file:
    file.attrs["title"] = "größer"
    file.attrs["bytes"] = np.bytes_("fixed")
    file.attrs["rows"] = 6
    file.attrs["scale"] = np.float32(0.5)
    file["contiguous"] = np.arange(6, dtype=np.int64)
    file["big_endian"] = np.arange(6, dtype=">i4")
    file.create_dataset("halves", data=np.linspace(-2, 2, 12, dtype=np.float16).reshape(6, 2), chunks=(4, 2),
                        compression="gzip", shuffle=True)
    file["texts"] = ["put", "größer", ""]
    file["fixed"] = np.array([b"put", b"call"])
    file["scalar"] = np.float64(2.5)
    file["three"] = np.zeros((2, 2, 2))
    file["compound"] = np.zeros(2, dtype=[("a", "i4"), ("b", "f4")])
    file["group/inner"] = np.uint8([7])
    file["soft"] = h5py.SoftLink("/contiguous")
    file["external"] = h5py.ExternalLink("other.h5", "/x")
    layout = h5py.VirtualLayout((6,), "i8")
    layout[:] = h5py.VirtualSource("other.h5", "x", (6,))
    file.create_virtual_dataset("virtual", layout)
    file.create_dataset("lzf", data=np.arange(6), compression="lzf")
