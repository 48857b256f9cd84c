import { isPublicAddress } from "./public-address.js";

it.each(["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"])(
  "%s is public",
  (address) => expect(isPublicAddress(address)).toBe(true),
);

it.each`
  address               | why
  ${"127.0.0.1"}        | ${"this machine"}
  ${"127.255.255.254"}  | ${"this machine too"}
  ${"0.0.0.0"}          | ${"this machine, to some"}
  ${"10.1.2.3"}         | ${"private"}
  ${"172.16.0.1"}       | ${"private, and Docker's"}
  ${"172.31.255.255"}   | ${"private, and Docker's"}
  ${"192.168.1.1"}      | ${"private"}
  ${"100.64.0.1"}       | ${"a carrier's"}
  ${"169.254.169.254"}  | ${"a cloud's metadata"}
  ${"198.18.0.1"}       | ${"for benchmarks"}
  ${"203.0.113.9"}      | ${"for documents"}
  ${"224.0.0.1"}        | ${"multicast"}
  ${"255.255.255.255"}  | ${"everybody"}
  ${"::"}               | ${"none"}
  ${"::1"}              | ${"this machine"}
  ${"::ffff:127.0.0.1"} | ${"this machine in other clothes"}
  ${"::ffff:8.8.8.8"}   | ${"nobody honest writes it so"}
  ${"64:ff9b::7f00:1"}  | ${"translated to this machine"}
  ${"64:ff9b:1::1"}     | ${"translated locally"}
  ${"fe80::1"}          | ${"this link"}
  ${"fe80::1%eth0"}     | ${"this link, with its name"}
  ${"fc00::1"}          | ${"private"}
  ${"fd12:3456::1"}     | ${"private"}
  ${"ff02::1"}          | ${"multicast"}
  ${"2002:7f00:1::"}    | ${"6to4 to this machine"}
  ${"2001:0:7f00:1::"}  | ${"Teredo"}
  ${"2001:db8::1"}      | ${"for documents"}
  ${"localhost"}        | ${"a name"}
  ${""}                 | ${"nothing"}
`("$address is not: $why", ({ address }) => {
  expect(isPublicAddress(address)).toBe(false);
});
