"""Writes the HDF5 files that the tests of `src/saving/hdf5` read: the same in older and in newer structures.

Usage: python tests/python/make_hdf5.py tests/golden/hdf5     (made with h5py 3.16.0)
"""

import pathlib
import sys

import h5py
import numpy as np

TYPES = ["<f2", "<f4", "<f8", "<i1", "<i2", "<i4", "<i8", "<u1", "<u2", "<u4", "<u8", ">f2", ">f4", ">f8", ">i4", ">u2"]


def fill(file, many):
    # more links and attributes than are kept in an object's header, and one too large for a heap's blocks
    for number in range(many):
        file.attrs[f"text{number}"] = f"value {number}"
        file.create_group(f"layers/dense_{number}/vars")
    file.attrs["large"] = np.bytes_(b"x" * 5000)
    file.attrs["names"] = ["a", "bé", ""]
    file.attrs["fixed"] = np.array([b"dense", b"dense_1", b""])
    file.attrs["empty"] = []
    file.attrs["number"] = 3
    types = file.create_group("types")
    for kind in TYPES:
        types[kind] = np.array([[0, 1, 2], [3, 4, 100]], kind)
    types["bool"] = np.array([False, True])
    types["text"] = "text"
    file["scalar"] = 2.5
    file["none"] = np.zeros((0, 4), "<f4")
    compact = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    compact.set_layout(h5py.h5d.COMPACT)
    dataset = h5py.h5d.create(file.id, b"compact", h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((4,)), dcpl=compact)
    dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, np.arange(4, dtype="f4"))
    file.create_dataset("chunks", data=np.arange(105, dtype="f4").reshape(7, 5, 3), chunks=(2, 3, 2))
    file.create_dataset("gzip", data=np.arange(20.0), compression="gzip")
    file.create_dataset("unwritten", (3,), "f4")
    file["soft"] = h5py.SoftLink("/scalar")


for name, options, many in [
    ("earliest", {}, 20),
    ("latest", {"libver": "latest"}, 20),
    ("ordered", {"libver": ("v108", "v108"), "track_order": True}, 3),
]:
    with h5py.File(pathlib.Path(sys.argv[1]) / f"{name}.h5", "w", **options) as file:
        fill(file, many)
