# For nixpkgs: pkgs.callPackage ./package.nix { }. "make try-packages" evaluates it with stand-ins for nixpkgs; a build is untried.
{
  lib,
  stdenv,
  fcgi,
  iniparser,
  jansson,
  libseccomp,
  libsodium,
  nettle,
  pcre2,
  tinycdb,
  cmocka,
  python3,
}:

stdenv.mkDerivation {
  pname = "seeother";
  version = "0.1.0";

  src = lib.cleanSource ../..;

  nativeBuildInputs = [ libseccomp ];
  buildInputs = [
    fcgi
    iniparser
    jansson
    libsodium
    nettle
    pcre2
    tinycdb
  ];
  nativeCheckInputs = [
    cmocka
    python3
  ];

  postPatch = "patchShebangs tests";

  makeFlags = [
    "SHARED=yes"
    "PREFIX=$(out)"
    "SYSCONFDIR=/etc"
    "HARDENING=-fPIE"
    "CC=${stdenv.cc.targetPrefix}cc"
  ];

  doCheck = true;
  checkTarget = "check";

  # /etc/seeother/config.ini belongs to the administrator; the example goes into share/seeother.
  installTargets = [
    "install"
    "install-systemd"
  ];
  installFlags = [ "SYSCONFDIR=$(out)/share/seeother/etc" ];

  meta = {
    description = "Form endpoint for sites without a back end";
    license = lib.licenses.isc;
    mainProgram = "seeother";
    platforms = lib.platforms.linux;
  };
}
