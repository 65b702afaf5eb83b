// Scaling curves as one SVG, drawn by Apache ECharts without a browser: time against size on logarithmic axes, where a
// straight line of slope 1 is linear growth.

import * as echarts from "echarts";

const width = 900;
const height = 380;

/** An SVG of two panels: time per step, and time of the first step. */
export function plot(series) {
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width, height });
  const panels = [
    { title: "milliseconds of one step", time: "step", left: "8%" },
    { title: "milliseconds of the first step: record, compile, run", time: "first", left: "58%" },
  ];
  const axis = (name, gridIndex, more = {}) => ({ type: "log", name, gridIndex, ...more });
  chart.setOption({
    animation: false,
    backgroundColor: "#fff",
    title: panels.map(({ title, left }) => ({ text: title, left, textStyle: { fontSize: 13 } })),
    legend: { bottom: 0, width: 640, itemGap: 20 },
    grid: panels.map(({ left }) => ({ left, width: "36%", top: 50, bottom: 120 })),
    xAxis: panels.map((_, k) =>
      axis("size", k, { nameLocation: "middle", nameGap: 24, logBase: 2 }),
    ),
    yAxis: panels.map((_, k) => axis("", k)),
    series: series.map(({ name, time, points }) => {
      const panel = panels.findIndex((p) => p.time === time);
      return {
        name,
        type: "line",
        xAxisIndex: panel,
        yAxisIndex: panel,
        data: points.map(({ size, milliseconds }) => [size, milliseconds]),
      };
    }),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
