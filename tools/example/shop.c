#define TT_TARGET "shop.order"
#include <ttlog.h>
#include <unistd.h>

static void order(int id, const char *item)
{
	TT_DEBUG("order %d: looking for %s", id, item);
	if (item[0] == '\0')
		TT_WARN("order %d has no item", id);
	TT_INFO("order %d shipped, %.2f kg", id, 1.5 * id);
}

int main(void)
{
	for (int id = 1; id <= 3; id++)
		order(id, id == 2 ? "" : "kettle");
	tt_snapshot("shop.tts", "three orders done");
	for (;;)
		pause(); /* until somebody kills us */
}
