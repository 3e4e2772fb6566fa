// A reporter that says what failed first and ends the run.
export default async function* report(events) {
  for await (const { type, data } of events) {
    if (type !== "test:fail") continue;
    yield `${data.name}\n`;
    process.exit(1);
  }
}
