/* The flat profile as a phone reads it (docs/sources.md, MPP administration guide): elements of one level, UTF-8, five entities. */
#include "base/esc.h"
#include "domain/profile/profile.h"

void profile_write(const struct profile_value *v, size_t n, struct sink *out)
{
    sink_z(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<flat-profile>\n");
    for (size_t i = 0; i < n; i++) {
        sink_fmt(out, "  <%.*s>", STR_ARG(v[i].name));
        esc_html(out, v[i].value);
        sink_fmt(out, "</%.*s>\n", STR_ARG(v[i].name));
    }
    sink_z(out, "</flat-profile>\n");
}
