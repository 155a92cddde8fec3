# SPDX-License-Identifier: MIT
# A thin door: every target is one script, which does its own set-up.
.DEFAULT_GOAL := help
.PHONY: help demo test serve bench format tidy asan tsan chaos chaos-cache chaos-api clean \
        migrate-up migrate-down migrate-status migrate-new

help:
	@echo "make demo     the reference request through a pooler 220 ms away, measured"
	@echo "make test     both compilers, every test"
	@echo "make serve    the demo's API in the foreground, until interrupted"
	@echo "also          bench format tidy asan tsan chaos chaos-cache chaos-api clean migrate-{up,down,status} migrate-new name=…"

demo:
	@exec scripts/demo

serve:
	@exec scripts/demo --serve

test:
	@exec scripts/test

asan tsan:
	@exec scripts/test $@

bench:
	@exec scripts/bench

format:
	@exec scripts/format

tidy:
	@exec scripts/tidy

chaos:
	@exec scripts/chaos

chaos-cache:
	@scripts/build release chaos_cache && exec build/release/tests/chaos_cache $${CHAOS_SECONDS:-300}

chaos-api:
	@scripts/build release chaos_api && exec build/release/tests/chaos_api --seconds $${CHAOS_SECONDS:-300}

migrate-up migrate-down migrate-status:
	@exec scripts/migrate $(@:migrate-%=%)

migrate-new:
	@exec scripts/migrate new "$(or $(name),$(NAME))"

clean:
	@rm -rf build
