/**
 * What an instance's first process runs, under an init that reaps and passes signals on. It needs nothing of the image: busybox is shown to it.
 * Arguments are the image's own command; without one the instance stays until it is stopped, and then asks everything in it to end.
 * User-data is a script (a #cloud-config was made one, `cloud-config.ts`), and its output goes to the console. What is no script is named there and not run. Before it the key
 * pair is given to root, as cloud-init does, for a server of SSH that the instance may bring. Both are there at the first run only.
 *
 * Without a command of its own an image has no init either. Its services are started at each boot and ended at a stop by the links that Debian's packages lay for an init of System V:
 * what /etc/rc2.d lists is started before user-data, what /etc/rc0.d lists is stopped before anything is asked to end. Source: Debian Policy 9.3.
 */
export const BOOT_SCRIPT = `box=/run/pilvi/busybox
data=/run/pilvi/user-data
keys=/run/pilvi/authorized-keys
first_run() {
  [ -r $keys ] && ( umask 077; $box mkdir -p /root/.ssh && $box cat $keys >> /root/.ssh/authorized_keys )
  [ -f $data ] || return
  IFS= read -r first < $data
  case "$first" in
    '#!'*) ( cd /; $data; echo "pilvi: user-data ended with $?" ) ;;
    *) echo 'pilvi: user-data is not a script (it begins neither with #! nor with #cloud-config): not run' ;;
  esac
}
services() {
  for service in /etc/$1/$2[0-9][0-9]*; do
    [ -x "$service" ] && ( cd /; "$service" $3 < /dev/null )
  done
}
if [ $# -gt 0 ]; then
  ( first_run & )
  exec "$@"
fi
( ( services rc2.d S start; first_run ) & )
others() { set -- /proc/[0-9]*; [ $# -gt 2 ]; }
end() {
  trap : TERM INT
  services rc0.d K stop
  kill -TERM -1
  wait
  while others; do $box sleep 0.1; done
  exit 0
}
trap end TERM INT
while :; do
  $box sleep 2147483 &
  wait $!
done
`;
