export * from "./directory-archive.js";
