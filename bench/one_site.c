/*
 * one_site.c - functions with one call site each and nothing else: their size is what a site adds to a program's code.
 */
#define TT_TARGET "bench"
#include <ttlog.h>

void one_site_none(int conn, int state);
void one_site_w0(void);
void one_site_w2(int conn, int state);
void one_site_w4(unsigned req, double us, int from, unsigned long long flags);
void one_site_ws(const char *user, int id);

/* The function itself. */
void one_site_none(int conn, int state)
{
	(void)conn;
	(void)state;
}

void one_site_w0(void)
{
	TT_INFO("heartbeat");
}

void one_site_w2(int conn, int state)
{
	TT_INFO("conn %d state %d", conn, state);
}

void one_site_w4(unsigned req, double us, int from, unsigned long long flags)
{
	TT_INFO("req %u took %f us from %d flags 0x%llx", req, us, from, flags);
}

void one_site_ws(const char *user, int id)
{
	TT_INFO("user %s id %d", user, id);
}
