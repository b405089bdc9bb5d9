export { renderErrorXml } from './render-error.ts';
export { S3_ERRORS, type S3ErrorCode } from './s3-error-codes.ts';
export { S3Error, type S3ErrorOptions } from './s3-error.ts';
export { renderElement, renderXml, xmlDocument, type XmlContent, type XmlElement } from './xml-output.ts';
