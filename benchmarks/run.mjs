// The command line of the benchmarks: `node benchmarks/run.mjs [what] [options]`, or `npm run bench -- …`, which builds
// the library and installs the peers first. Without a name it measures training steps; see README.md.

const commands = {
  steps: "./steps.mjs",
  ops: "./ops.mjs",
  scaling: "./scaling.mjs",
  busy: "./busy.mjs",
  threads: "./threads.mjs",
};

const [first, ...rest] = process.argv.slice(2);
const named = first !== undefined && !first.startsWith("-");
const command = named ? first : "steps";

if (!(command in commands)) {
  process.stderr.write(
    `benchmarks: no ${command}; there are ${Object.keys(commands).join(", ")}\n`,
  );
  process.exit(2);
}
const { main } = await import(commands[command]);
try {
  await main(named ? rest : process.argv.slice(2));
} catch (error) {
  if (!error.code?.startsWith("ERR_PARSE_ARGS")) throw error;
  process.stderr.write(`benchmarks: ${error.message}\n`);
  process.exit(2);
}
