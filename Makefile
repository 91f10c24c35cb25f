# SPDX-License-Identifier: Apache-2.0

# lld links the release build in seconds, the default linker in half a minute. The import check refuses a module that
# imports what Package.swift doesn't let it use; it fails by exit status only, after "Build complete!".
# One file is shipped for each program: the Swift runtime is linked in, DWARF is left out (180 MB with it).
SWIFT_BUILD_FLAGS ?= -Xswiftc -use-ld=lld -Xlinker --strip-debug --static-swift-stdlib \
	--explicit-target-dependency-import-check error
SWIFT_SOURCES = Package.swift Examples Fuzz Plugins Sources Tests
C_SOURCES = $(shell find Kernel Sources Tests -name '*.[ch]')

# make vm: the kernel, and the command (a shell without one).
KERNEL ?= 6.12
CMD ?=

.PHONY: help build test run format check-format vm kernels tamper clean
.DEFAULT_GOAL := help

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build the programs: .build/release/sallyport and .build/release/sallyportd
	@scripts/dependencies build
	swift build -c release $(SWIFT_BUILD_FLAGS)

test: ## run all tests, in micro-VMs where they need a kernel
	@scripts/dependencies build vm api python
	@scripts/kernels
	@scripts/tamper-modules
	@scripts/test

run: build ## build, and show it at work in a micro-VM
	@scripts/dependencies vm
	@scripts/kernels
	@scripts/run

format: ## bring Swift and C sources into the committed format
	@scripts/dependencies format
	swift format --in-place --recursive --parallel $(SWIFT_SOURCES)
	clang-format -i $(C_SOURCES)

check-format: ## fail if `make format` would change something, or a rule is broken
	@scripts/dependencies format
	swift format lint --strict --recursive --parallel $(SWIFT_SOURCES)
	clang-format --dry-run -Werror $(C_SOURCES)

vm: ## run CMD='…' (or a shell) in a micro-VM with KERNEL=6.1, 6.12 or latest
	@scripts/vm --kernel $(KERNEL) -- $(if $(value CMD),bash -c '$(subst ','\'',$(value CMD))')

kernels: ## fetch the kernels of the micro-VM into .cache
	@scripts/kernels

tamper: ## build the modules that tamper with the machines' kernels, and try each
	@scripts/tamper-modules --check

clean: ## remove what was built (kernels stay: rm -r .cache removes them)
	rm -rf .build .build-*
