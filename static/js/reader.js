// @ts-check
/**
 * The diff reader: every behaviour of the page in one line, in the order in which they set it up. Rows
 * find their threads before links are followed, and files are folded before a place is gone back to.
 *
 *   <script type="module" src="reader.js"></script>
 */
import "./viewed.js";
import "./approach.js";
import "./threads.js";
import "./comment.js";
import "./pick.js";
import "./expand.js";
import "./view.js";
import "./settings.js";
import "./tree.js";
import "./stepping.js";
import "./filemenu.js";
import "./images.js";
import "./copy.js";
import "./rowkeys.js";
import "./stops.js";
import "./find.js";
import "./looks.js";
import "./links.js";
