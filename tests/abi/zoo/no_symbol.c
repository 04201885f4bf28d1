/* A library that is no plugin at all. */
int zoo_no_symbol = 1;
