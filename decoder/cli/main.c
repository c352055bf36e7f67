/*
 * main.c - ttdecode: prints what ttlog recorded. All of it is in cli.c, which tests call too.
 */
#include "cli.h"

int main(int argc, char **argv)
{
	return cli_run(argc, argv);
}
