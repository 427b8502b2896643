# make deb: $(BUILD)/preforkd_VERSION_ARCHITECTURE.deb, of what `make install` installs. It takes dpkg-deb, which is part
# of every Debian, and binutils, which gcc brings. A package that is built again from the same version has another
# revision, and has the maintainer that publishes it: make deb REVISION=2 MAINTAINER='NAME <ADDRESS>'.

REVISION   = 1
MAINTAINER = The preforkd authors <authors@preforkd.invalid>

deb-tree  := $(abspath $(BUILD))/deb

.PHONY: deb
deb: all
	@rm -rf '$(deb-tree)'
	@umask 022 && $(MAKE) --no-print-directory -s -o all install BUILD='$(BUILD)' DESTDIR='$(deb-tree)' PREFIX=/usr SYSCONFDIR=/etc
	@MAINTAINER='$(MAINTAINER)' sh conf/debian/build.sh '$(deb-tree)' '$(version)-$(REVISION)' '$(BUILD)'
