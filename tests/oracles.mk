# Libraries that only tests use, to hold our own codecs against.
$(B)/unit/t_json: libs += $(shell pkg-config --libs libcjson)
