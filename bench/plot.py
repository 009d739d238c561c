"""A plot of how time grows, as SVG: both axes logarithmic, a line for each axis of
growth with its slope."""
import math

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 440, 70, 230, 20, 50
COLOURS = ('#1b6ca8', '#c0392b', '#2e8b57', '#8e44ad', '#b7791f')
STYLE = ('text { font: 13px sans-serif; fill: #333 } .grid { stroke: #ddd } '
         '.line { fill: none; stroke-width: 2 }')


def decades(values):
    """The whole powers of ten around the values, as exponents."""
    return (math.floor(math.log10(min(values))),
            math.ceil(math.log10(max(values))))


class Scale:
    """From a number to its place on an axis."""

    def __init__(self, values, begin, end):
        self.low, self.high = decades(values)
        self.begin, self.end = begin, end

    def __call__(self, value):
        part = (math.log10(value) - self.low) / (self.high - self.low)
        return round(self.begin + part * (self.end - self.begin), 1)

    def ticks(self):
        return [10.0 ** k for k in range(self.low, self.high + 1)]


def grid(x, y):
    for tick in x.ticks():
        yield (f'<line class="grid" x1="{x(tick)}" y1="{TOP}" x2="{x(tick)}" '
               f'y2="{HEIGHT - BOTTOM}"/><text x="{x(tick)}" '
               f'y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{tick:g}</text>')
    for tick in y.ticks():
        yield (f'<line class="grid" x1="{LEFT}" y1="{y(tick)}" '
               f'x2="{WIDTH - RIGHT}" y2="{y(tick)}"/><text x="{LEFT - 8}" '
               f'y="{y(tick) + 4}" text-anchor="end">{tick:g}</text>')


def line(name, points, colour, x, y):
    places = ' '.join(f'{x(a)},{y(b)}' for a, b in points)
    yield (f'<polyline class="line" stroke="{colour}" points="{places}"/>')
    for a, b in points:
        yield f'<circle cx="{x(a)}" cy="{y(b)}" r="3.5" fill="{colour}"/>'
    a, b = points[-1]
    yield (f'<text x="{WIDTH - RIGHT + 12}" y="{y(b) + 4}" '
           f'style="fill:{colour}">{name}</text>')


def svg(series, across, up):
    """series: (name, [(x, y)]); across, up: what the axes say."""
    points = [p for _, some in series for p in some]
    x = Scale([a for a, _ in points], LEFT, WIDTH - RIGHT)
    y = Scale([b for _, b in points], HEIGHT - BOTTOM, TOP)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" '
             f'height="{HEIGHT}"><style>{STYLE}</style>'
             '<rect width="100%" height="100%" fill="white"/>', *grid(x, y)]
    for (name, some), colour in zip(series, COLOURS):
        parts += line(name, some, colour, x, y)
    parts += [f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 10}" '
              f'text-anchor="middle">{across}</text>',
              f'<text transform="translate(16 {HEIGHT / 2}) rotate(-90)" '
              f'text-anchor="middle">{up}</text>', '</svg>']
    return '\n'.join(parts) + '\n'
