/** The mark of Maru: a roof over the boards of a wooden hall. */
export function Brand({ size = 28 }: { size?: number }) {
  return (
    <svg aria-hidden="true" width={size} height={size} viewBox="0 0 32 32">
      <rect width="32" height="32" rx="7" fill="#8a5212" />
      <g fill="none" stroke="#fff6e6" strokeWidth={2.2} strokeLinecap="round" strokeLinejoin="round">
        <path d="M5.5 13.2C10 12.6 13.4 10.6 16 7.5c2.6 3.1 6 5.1 10.5 5.7" />
        <path d="M9 17.5h14M7.5 21.3h17M6 25.1h20" />
      </g>
    </svg>
  );
}
