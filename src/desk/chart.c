/* Bars of whole pixels; a day without anything has a thin line, so that the days can be counted. */
#include "desk/chart.h"

#include "base/escape.h"

enum { BAR = 6, GAP = 2, HEIGHT = 40 };

void chart_draw(struct text *out, const uint64_t *values, size_t n, const char *label)
{
	uint64_t most = 1;
	size_t width = n * (BAR + GAP);
	for (size_t i = 0; i < n; i++)
		most = values[i] > most ? values[i] : most;
	text_format(
		out, "<svg role=\"img\" width=\"%zu\" height=\"%d\" viewBox=\"0 0 %zu %d\" aria-label=\"", width, HEIGHT, width, HEIGHT);
	escape_html(out, span_of(label));
	text_put(out, "\">");
	for (size_t i = 0; i < n; i++) {
		size_t height = (size_t)((double)values[i] / (double)most * (HEIGHT - 2) + 0.5) + (values[i] ? 2 : 1);
		text_format(out, "<rect%s x=\"%zu\" y=\"%zu\" width=\"%d\" height=\"%zu\"/>", values[i] ? "" : " class=\"none\"",
			i * (BAR + GAP), HEIGHT - height, BAR, height);
	}
	text_put(out, "</svg>\n");
}
