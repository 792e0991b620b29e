# Libraries that only tests use, to hold our own codecs against: cJSON, and
# protobuf-c with the code it generates from tests/otlp/trace.proto.
gen := $(B)/gen
json_oracle := unit/t_json replay/f_json fuzz/f_json
otlp_oracle := unit/t_otlp replay/f_otlp_protobuf fuzz/f_otlp_protobuf
otlp_objects := unit/t_otlp fuzz/f_otlp_protobuf

$(gen)/trace.pb-c.c: tests/otlp/trace.proto
	@mkdir -p $(@D)
	$(call say,GEN)protoc-c --proto_path=tests/otlp --c_out=$(@D) $(<F)

$(gen)/trace.pb-c.o: $(gen)/trace.pb-c.c
	$(call say,CC)$(CC) -O2 -g $(hard) -I$(gen) -c $< -o $@

$(json_oracle:%=$(B)/%): libs += $(shell pkg-config --libs libcjson)
$(otlp_oracle:%=$(B)/%): libs += $(shell pkg-config --libs libprotobuf-c)
$(otlp_oracle:%=$(B)/%): $(gen)/trace.pb-c.o
$(otlp_objects:%=$(B)/tests/%.o): $(gen)/trace.pb-c.c
# protobuf-c's initialisers cast away const.
$(otlp_objects:%=$(B)/tests/%.o): cflags += -isystem $(gen) -Wno-cast-qual
