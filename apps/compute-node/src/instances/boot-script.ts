/**
 * What an instance's first process runs, under an init that reaps and passes signals on. It needs nothing of the image: busybox is shown to it.
 * Arguments are the image's own command; without one the instance stays until it is stopped, and then asks everything in it to end.
 * User-data is a script (a #cloud-config was made one, `cloud-config.ts`), and its output goes to the console. What is no script is named there and not run.
 */
export const BOOT_SCRIPT = `box=/run/pilvi/busybox
data=/run/pilvi/user-data
if [ -f $data ]; then
  case "$($box head -c 2 $data)" in
    '#!') ( ( cd /; $data; echo "pilvi: user-data ended with $?" ) & ) ;;
    *) echo 'pilvi: user-data is not a script (it begins neither with #! nor with #cloud-config): not run' ;;
  esac
fi
[ $# -gt 0 ] && exec "$@"
others() { set -- /proc/[0-9]*; [ $# -gt 2 ]; }
end() {
  trap '' TERM
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
