/** What ffprobe reports about a picture's shape; any of it may be missing. */
export type Shape = {
  width?: number;
  height?: number;
  sample_aspect_ratio?: string;
  side_data_list?: { rotation?: number }[];
};

/**
 * Displayed width and height: pixels are made square, so that no side gets shorter, then rotated by the display matrix
 * (or `turn`).
 */
export function shownSize(shape: Shape, turn = 0): { width: number; height: number } {
  const { width = 0, height = 0, sample_aspect_ratio: aspect = "", side_data_list: data = [] } = shape;
  const [across = 0, down = 0] = aspect.split(":").map(Number);
  const stretch = across > 0 && down > 0 ? across / down : 1;
  const [wide, high] = [Math.round(width * Math.max(1, stretch)), Math.round(height / Math.min(1, stretch))];
  const rotation = data.find((one) => one.rotation !== undefined)?.rotation ?? turn;
  // A rotation that is not by a quarter does not change the sides: the corners are cut off.
  return Math.abs((Math.abs(rotation) % 180) - 90) < 1 ? { width: high, height: wide } : { width: wide, height: high };
}
