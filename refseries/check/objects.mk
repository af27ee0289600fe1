# SPDX-License-Identifier: GPL-2.0-or-later
# Names the objects that kbuild builds in given folders, and builds none.  Put in the place of
# scripts/Makefile.build on make's command line, behind the goals FOLDER/…; every other goal, such as
# those of `prepare`, is left to the original.

folders := $(filter %/,$(MAKECMDGOALS))
ifneq ($(folders),)
.PHONY: $(MAKECMDGOALS)
$(MAKECMDGOALS):
	+@$(MAKE) -f $(refseries-list) obj=$(patsubst ./%,%,$(@:/=)) refseries-objects
else
include $(srctree)/scripts/Makefile.build
refseries-objects:
	@$(foreach object,$(real-obj-y) $(lib-y),echo 'OBJECT $(object)';) :
endif
