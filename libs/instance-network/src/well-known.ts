/** Addresses that the router answers on in its own namespace, as EC2 does with the first two. */
export const METADATA_ADDRESS = '169.254.169.254';
export const NAMES_ADDRESS = '169.254.169.253';
export const ENDPOINT_ADDRESS = '169.254.169.252';

export const METADATA_PORT = 80;
export const NAMES_PORT = 53;

/** The router's end of every instance's link has this address: each link is an Ethernet of its own with two stations. */
export const ROUTER_MAC = '02:00:5e:00:00:01';
