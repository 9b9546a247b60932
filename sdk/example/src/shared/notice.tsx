/** Says what has just happened, to eyes and to screen readers. It has to be there before there is anything to say. */
export function Notice({ text }: { text: string }) {
  return (
    <p className="notice" role="status">
      {text}
    </p>
  );
}
