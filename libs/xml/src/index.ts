export { renderElement, renderXml, type XmlContent, type XmlElement } from './xml-output.ts';
