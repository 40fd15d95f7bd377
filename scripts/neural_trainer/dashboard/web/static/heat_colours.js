// The colours of a heat map: viridis (van der Walt and Smith 2015, CC0), by eight of its colours.

const STOPS = [
  [68, 1, 84], [70, 50, 126], [54, 92, 141], [39, 127, 142],
  [31, 161, 135], [74, 193, 109], [160, 218, 57], [253, 231, 37],
];

// share: 0 to 1, clamped. Returns red, green, blue, opacity.
export function colourAt(share) {
  const place = Math.min(Math.max(share, 0), 1) * (STOPS.length - 1);
  const below = Math.min(Math.floor(place), STOPS.length - 2);
  const rest = place - below;
  const mixed = STOPS[below].map((low, i) => Math.round(low + rest * (STOPS[below + 1][i] - low)));
  return [...mixed, 255];
}
