// Derived by libs/aws-query/src/derive/main.ts; do not edit.
import type { ServiceShapes } from '../shape.ts';

export const STS_SHAPES: ServiceShapes = {
  dialect: "query",
  namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
  actions: {
    "GetCallerIdentity": {
      "input": "GetCallerIdentityRequest",
      "output": "GetCallerIdentityResponse"
    }
  },
  shapes: {
    GetCallerIdentityRequest: {"fields":{}},
    GetCallerIdentityResponse: {"fields":{"UserId":["UserId","string"],"Account":["Account","string"],"Arn":["Arn","string"]}},
  },
};
