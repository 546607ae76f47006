import json, struct, zipfile
import numpy as np

def inputs(path, rows):  # rows: a list of cells for each column, or a pandas.DataFrame
    given = {}
    for input in json.loads(zipfile.ZipFile(path).read("layercake_table.json"))["inputs"]:
        columns = [[None if cell != cell else cell for cell in rows[column]] for column in input["columns"]]
        if "shift" in input:  # a column of numbers
            numbers = [None if cell is None else float(cell) - input["shift"] for cell in columns[0]]
        elif "levels" in input:  # a vocabulary
            ids = {level: id for id, level in enumerate(input["levels"], 1)} | {None: input["missing"]}
            numbers = [ids.get(cell, input["unknown"]) for cell in columns[0]]
        else:  # hashed levels
            numbers = [hashed(cells, input["hash_bins"]) for cells in zip(*columns)]
        given[input["name"]] = np.array(numbers, "float32")  # None becomes NaN
    return given

def hashed(cells, bins):
    hash = 0xCBF29CE484222325
    for cell in cells:
        bytes = b"" if cell is None else cell.encode() if isinstance(cell, str) else struct.pack("<d", cell + 0.0)
        for byte in bytes + b"\xff":
            hash = (hash ^ byte) * 0x100000001B3 % 2**64
    return (hash ^ hash >> 32) % bins + 1
