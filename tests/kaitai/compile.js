// compile.js KSY LANGUAGE DIRECTORY - compiles a Kaitai Struct description; says each file that it writes.
"use strict";
const fs = require("fs");
const path = require("path");
const yaml = require("js-yaml");
const Compiler = require("kaitai-struct-compiler");

const [description, language, directory] = process.argv.slice(2);

// It imports nothing.
const importer = { importYaml: (name) => Promise.reject(new Error(`${description} imports ${name}`)) };

new Compiler()
	.compile(language, yaml.load(fs.readFileSync(description, "utf8")), importer, false)
	.then((files) => {
		for (const [name, content] of Object.entries(files))
			fs.writeFileSync(path.join(directory, name), content);
	})
	.catch((error) => {
		console.error(`${description}: ${error.message || error}`);
		process.exitCode = 1;
	});
