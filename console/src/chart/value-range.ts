const ROOM = 0.08;
/** Below this share of the maximum, the minimum is near enough to zero that the axis may as well begin there. */
const NEAR_ZERO = 0.5;

/** The ends of a value axis for data from `min` to `max`: with some room, from zero where zero is near. */
export function valueRange(min: number | null | undefined, max: number | null | undefined): [number, number] {
  if (min === null || max === null || min === undefined || max === undefined) return [0, 1];
  if (!Number.isFinite(min) || !Number.isFinite(max)) return [0, 1];
  if (min === max) return flatRange(min);
  const room = (max - min) * ROOM;
  const low = min >= 0 && min <= max * NEAR_ZERO ? 0 : min - room;
  const high = max <= 0 && max >= min * NEAR_ZERO ? 0 : max + room;
  return [min >= 0 ? Math.max(0, low) : low, high];
}

function flatRange(value: number): [number, number] {
  if (value === 0) return [0, 1];
  const room = Math.abs(value) * 0.2;
  return [value - room, value + room];
}
