#include "flow/report/report.h"
void report_html(const struct report *r, struct sink *out)
{
    (void)r;
    sink_z(out, "not yet\n");
}
