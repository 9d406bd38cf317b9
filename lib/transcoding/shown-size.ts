/** What ffprobe says of a picture's shape; all of it may be missing. */
export type Shape = {
  width?: number;
  height?: number;
  sample_aspect_ratio?: string;
  side_data_list?: { rotation?: number }[];
};

/**
 * Sides as a picture is shown: its pixels made square, so that no side gets shorter, then turned as its display matrix
 * (or `turn`) says.
 */
export function shownSize(shape: Shape, turn = 0): { width: number; height: number } {
  const { width = 0, height = 0, sample_aspect_ratio: aspect = "", side_data_list: data = [] } = shape;
  const [across = 0, down = 0] = aspect.split(":").map(Number);
  const stretch = across > 0 && down > 0 ? across / down : 1;
  const [wide, high] = [Math.round(width * Math.max(1, stretch)), Math.round(height / Math.min(1, stretch))];
  const rotation = data.find((one) => one.rotation !== undefined)?.rotation ?? turn;
  // A turn that is no quarter does not change the sides: what sticks out is cut off.
  return Math.abs((Math.abs(rotation) % 180) - 90) < 1 ? { width: high, height: wide } : { width: wide, height: high };
}
