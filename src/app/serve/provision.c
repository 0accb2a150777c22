/* Stub until the provisioning service stands. */
#include "app/serve/worker_inside.h"

void provision_forget(struct worker *w, const struct mac *mac, size_t n)
{
    (void)w;
    (void)mac;
    (void)n;
}

void provision_windows(struct worker *w, const struct prov_window *window, size_t n)
{
    (void)w;
    (void)window;
    (void)n;
}
