"""Products of the simulated shop: invented names at usual price points, in pounds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import product as product_of
from typing import Final

import numpy as np

FAMILIES: Final = 3500
COLOURED: Final = 200
SMALL_LETTERS: Final = (39, 128)
ORDER_SEED: Final = 502
MOTIFS: Final = (
    "PUFFIN|HEDGEHOG|KINGFISHER|BRAMBLE|LIGHTHOUSE|HERRINGBONE|ORCHARD|SAILING BOAT|CHESTNUT|BADGER|"
    "OTTER|FERN LEAF|ACORN|THISTLE|WILD POPPY|SEASHELL|CROQUET|PICNIC|TARTAN|GINGHAM|ALPINE|FOLK BIRD|"
    "CIRCUS|MOONLIT|MAPLE|HONEYCOMB|PEACOCK FEATHER|EDWARDIAN|BOTANICAL|NAUTICAL ROPE|WOODLAND|PAISLEY|"
    "FAIRGROUND|ALLOTMENT|BICYCLE|WHALE|SWALLOW|MISTLETOE|SNOWY FIR|CLEMENTINE|LAVENDER SPRIG|BLUEBELL|"
    "PATCHWORK|COUNTRY FAIR|TEA ROSE|HARVEST MOUSE|DRIFTWOOD|MARQUEE|GARDEN GATE|ROCKET"
)
NOUN_PRICES: Final = (
    "GIFT TAG 0.19|PENCIL 0.21|PARTY BALLOON 0.29|GREETING CARD 0.42|WRAPPING PAPER 0.42|"
    "PAPER NAPKINS 0.85|NOTEBOOK 0.85|FRIDGE MAGNET 0.65|RIBBON REEL 0.55|TRINKET DISH 1.25|"
    "HANGING HEART 1.25|TEA LIGHT HOLDER 1.25|ENAMEL MUG 1.25|EGG CUP 0.85|SOAP BAR 1.25|KEY HOOK 1.65|"
    "JAM JAR 1.65|COASTERS 1.25|SHOPPING BAG 1.65|PEG BAG 2.1|LUNCH TIN 1.95|OVEN GLOVE 2.1|"
    "TEA TOWEL 2.95|METAL SIGN 2.1|APRON 3.75|PHOTO FRAME 2.95|DRINKS BOTTLE 2.55|CANDLE JAR 2.55|"
    "MONEY BOX 3.75|MILK JUG 2.95|CAKE STAND 9.95|CUSHION COVER 4.95|BISCUIT BARREL 5.95|"
    "STRING OF LIGHTS 4.95|BATHROOM HOOKS 1.45|DRAWER KNOB 1.25|STORAGE BASKET 4.25|UMBRELLA 4.95|"
    "DOORSTOP 3.75|WALL CLOCK 8.5|HOT WATER BOTTLE 3.75|TEAPOT 4.95|TRAY 4.25|BIRD FEEDER 2.55|"
    "PLANT POT 1.65|LANTERN 5.95|SEWING KIT 1.95|QUILT 12.75|FOOTSTOOL 16.95|PIN CUSHION 0.85"
)
SIZES: Final = (("", 1.0), ("LARGE ", 1.7), ("MINI ", 0.5), ("SET OF 3 ", 2.0))
SHADES: Final = ("BLUE", "RED", "CREAM", "GREEN", "PINK", "GREY", "IVORY")
TYPOS: Final[tuple[tuple[int, tuple[int, ...], Callable[[str], str]], ...]] = (
    (40, (7,), lambda name: f"{name}, GIFT BOXED"),
    (400, (130,), lambda name: f'{name} 7" SIZE'),
    (360, (161,), str.title),
    (16, (5,), lambda name: name.replace(" ", "  ", 1)),
    (256, (100,), lambda name: f" {name}"),
    (28, (3, 9, 15, 20, 26), lambda name: f"{name} "),
)


@dataclass(frozen=True)
class Product:
    """One product; `price` in pounds."""

    code: str
    name: str
    price: float


def make_products() -> list[Product]:
    """Return 4,000 products by descending popularity; one in six is a colour variant, with a letter in its code."""
    rng = np.random.default_rng(ORDER_SEED)
    one_size, sized = list(product_names(SIZES[:1])), list(product_names(SIZES[1:]))
    ideas = one_size + [sized[position] for position in rng.permutation(len(sized))[: FAMILIES - len(one_size)]]
    ideas = [ideas[position] for position in rng.permutation(FAMILIES)]
    plain = [Product(f"{20_600 + number}", *idea) for number, idea in enumerate(ideas[COLOURED:])]
    coloured = [shade for number, idea in enumerate(ideas[:COLOURED]) for shade in colour_variants(number, *idea)]
    products = plain + coloured
    ranked = [products[position] for position in rng.permutation(len(products))]
    return [replace(product, name=with_typos(product.name, rank)) for rank, product in enumerate(ranked)]


def product_names(sizes: tuple[tuple[str, float], ...]) -> Iterator[tuple[str, float]]:
    """Yield name and price of every combination of motif, noun and size, at the nearest usual price."""
    nouns = [(noun, float(price)) for noun, _, price in (one.rpartition(" ") for one in NOUN_PRICES.split("|"))]
    usual = np.unique([price for _, price in nouns])
    for (size, times), (noun, price) in product_of(sizes, nouns):
        nearest = float(usual[np.abs(usual - price * times).argmin()])
        yield from ((f"{size}{motif} {noun}", nearest) for motif in MOTIFS.split("|"))


def colour_variants(family: int, name: str, price: float) -> list[Product]:
    """Return three or four colour variants of one code, with upper-case letters, or lower-case in a few families."""
    letters = "ABCD"[: 3 + family % 2]
    if family in SMALL_LETTERS:
        letters = letters.lower()
    lettered = zip(letters, SHADES[family % 4 :], strict=False)
    return [Product(f"{84_000 + 3 * family}{letter}", f"{name} {shade}", price) for letter, shade in lettered]


def with_typos(name: str, rank: int) -> str:
    """Return the name, for some ranks with a typing error, as real descriptions have."""
    for every, remainders, slip in TYPOS:
        if rank % every in remainders:
            name = slip(name)
    return name
