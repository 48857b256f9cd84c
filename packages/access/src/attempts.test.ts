import { placeOf } from "./attempts.js";

it.each([
  { address: "192.0.2.7", place: "192.0.2.7", why: "IPv4 is itself" },
  { address: "::ffff:192.0.2.7", place: "192.0.2.7", why: "also where it is written as IPv6" },
  { address: "2001:db8:0:1:2:3:4:5", place: "2001:db8:0:1", why: "the first half counts" },
  { address: "2001:db8::5", place: "2001:db8:0:0", why: "the zeros are put back" },
  { address: "fe80::1%eth0", place: "fe80:0:0:0", why: "the zone is not part of it" },
  { address: "::1", place: "0:0:0:0", why: "zeros at the beginning" },
  { address: "", place: "", why: "a connection that is gone has none" },
])("$address: $why", ({ address, place }) => {
  expect(placeOf(address)).toBe(place);
});
