"""Draws what `growth` printed: python3 plot_growth.py PEAK < lines > ../growth.svg

Both axes are logarithmic: the width of the layers, and the time of a training per sample. A line for each batch size; the grey one is what
the multiplications of a sample take at the machine's peak, PEAK in GFLOP/s.
"""
import math
import sys

PEAK = float(sys.argv[1])
rows = [line.split() for line in sys.stdin if line.strip()]
points = [(int(width), int(batch), float(time)) for width, batch, time, _ in rows]
widths = sorted({width for width, _, _ in points})
batches = sorted({batch for _, batch, _ in points})
limit = [(width, 2 * (5 * width * width + 3 * width) / PEAK) for width in widths]

WIDE, HIGH, LEFT, TOP, RIGHT, BOTTOM = 760, 460, 70, 20, 150, 50
low = math.floor(math.log10(min(time for _, time in limit)))
high = math.ceil(math.log10(max(time for _, _, time in points)))


def across(width):
    return LEFT + (WIDE - LEFT - RIGHT) * math.log(width / widths[0]) / math.log(widths[-1] / widths[0])


def down(time):
    return TOP + (HIGH - TOP - BOTTOM) * (high - math.log10(time)) / (high - low)


def line(values, color, label, dash=""):
    path = " ".join(f"{across(width):.1f},{down(time):.1f}" for width, time in values)
    print(f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"{dash}/>')
    return down(values[-1][1]), label, color


def name(nanoseconds):
    for unit, size in (("s", 1e9), ("ms", 1e6), ("us", 1e3)):
        if nanoseconds >= size:
            return f"{nanoseconds / size:g} {unit}"
    return f"{nanoseconds:g} ns"


print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" font-family="sans-serif" font-size="12">')
print(f'<rect width="{WIDE}" height="{HIGH}" fill="white"/>')
for power in range(low, high + 1):
    y = down(10.0**power)
    print(f'<line x1="{LEFT}" x2="{WIDE - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
    print(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{name(10.0**power)}</text>')
for width in widths:
    x = across(width)
    print(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HIGH - BOTTOM}" stroke="#eee"/>')
    print(f'<text x="{x:.1f}" y="{HIGH - BOTTOM + 18}" text-anchor="middle">{width}</text>')
print(f'<text x="{(LEFT + WIDE - RIGHT) / 2}" y="{HIGH - 10}" text-anchor="middle">width of the layers</text>')
colors = ["#d62728", "#ff7f0e", "#bcbd22", "#2ca02c", "#1f77b4", "#9467bd"]
ends = [line(limit, "#999", "peak", ' stroke-dasharray="6 4"')]
for batch, color in zip(batches, colors):
    values = [(width, time) for width, own, time in points if own == batch]
    ends.append(line(values, color, f"batch {batch}"))
# labels beside the ends, kept apart
last = -1e9
for y, label, color in sorted(ends):
    last = max(y + 4, last + 14)
    print(f'<text x="{WIDE - RIGHT + 10}" y="{last:.1f}" fill="{color}">{label}</text>')
print("</svg>")
