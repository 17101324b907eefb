// Countries and states of the USA with a point near their middle, for tables that name places. Codes are of ISO 3166; names of
// countries come from the browser, in English. Degrees, north and east, to a tenth: enough for a dot on a map of the world.

/** Two letters, three letters, latitude, longitude. */
const COUNTRIES =
  "AD AND 42.5 1.6;AE ARE 23.4 53.8;AF AFG 33.9 67.7;AG ATG 17.1 -61.8;AI AIA 18.2 -63.1;AL ALB 41.2 20.2;AM ARM 40.1 45.0;" +
  "AO AGO -11.2 17.9;AQ ATA -75.3 -0.1;AR ARG -38.4 -63.6;AS ASM -14.3 -170.1;AT AUT 47.5 14.6;AU AUS -25.3 133.8;" +
  "AW ABW 12.5 -70.0;AX ALA 60.2 20.0;AZ AZE 40.1 47.6;BA BIH 43.9 17.7;BB BRB 13.2 -59.5;BD BGD 23.7 90.4;BE BEL 50.5 4.5;" +
  "BF BFA 12.2 -1.6;BG BGR 42.7 25.5;BH BHR 25.9 50.6;BI BDI -3.4 29.9;BJ BEN 9.3 2.3;BL BLM 17.9 -62.8;BM BMU 32.3 -64.8;" +
  "BN BRN 4.5 114.7;BO BOL -16.3 -63.6;BQ BES 12.2 -68.3;BR BRA -14.2 -51.9;BS BHS 25.0 -77.4;BT BTN 27.5 90.4;" +
  "BV BVT -54.4 3.4;BW BWA -22.3 24.7;BY BLR 53.7 28.0;BZ BLZ 17.2 -88.5;CA CAN 56.1 -106.3;CC CCK -12.2 96.9;" +
  "CD COD -4.0 21.8;CF CAF 6.6 20.9;CG COG -0.2 15.8;CH CHE 46.8 8.2;CI CIV 7.5 -5.5;CK COK -21.2 -159.8;CL CHL -35.7 -71.5;" +
  "CM CMR 7.4 12.4;CN CHN 35.9 104.2;CO COL 4.6 -74.3;CR CRI 9.7 -83.8;CU CUB 21.5 -77.8;CV CPV 16.0 -24.0;CW CUW 12.2 -69.0;" +
  "CX CXR -10.4 105.7;CY CYP 35.1 33.4;CZ CZE 49.8 15.5;DE DEU 51.2 10.5;DJ DJI 11.8 42.6;DK DNK 56.3 9.5;DM DMA 15.4 -61.4;" +
  "DO DOM 18.7 -70.2;DZ DZA 28.0 1.7;EC ECU -1.8 -78.2;EE EST 58.6 25.0;EG EGY 26.8 30.8;EH ESH 24.2 -12.9;ER ERI 15.2 39.8;" +
  "ES ESP 40.5 -3.7;ET ETH 9.1 40.5;FI FIN 61.9 25.7;FJ FJI -16.6 179.4;FK FLK -51.8 -59.5;FM FSM 7.4 150.6;FO FRO 61.9 -6.9;" +
  "FR FRA 46.2 2.2;GA GAB -0.8 11.6;GB GBR 55.4 -3.4;GD GRD 12.3 -61.6;GE GEO 42.3 43.4;GF GUF 3.9 -53.1;GG GGY 49.5 -2.6;" +
  "GH GHA 7.9 -1.0;GI GIB 36.1 -5.3;GL GRL 71.7 -42.6;GM GMB 13.4 -15.3;GN GIN 9.9 -9.7;GP GLP 17.0 -62.1;GQ GNQ 1.7 10.3;" +
  "GR GRC 39.1 21.8;GS SGS -54.4 -36.6;GT GTM 15.8 -90.2;GU GUM 13.4 144.8;GW GNB 11.8 -15.2;GY GUY 4.9 -58.9;HK HKG 22.4 114.1;" +
  "HM HMD -53.1 73.5;HN HND 15.2 -86.2;HR HRV 45.1 15.2;HT HTI 19.0 -72.3;HU HUN 47.2 19.5;ID IDN -0.8 113.9;IE IRL 53.4 -8.2;" +
  "IL ISR 31.0 34.9;IM IMN 54.2 -4.5;IN IND 20.6 79.0;IO IOT -6.3 71.9;IQ IRQ 33.2 43.7;IR IRN 32.4 53.7;IS ISL 65.0 -19.0;" +
  "IT ITA 41.9 12.6;JE JEY 49.2 -2.1;JM JAM 18.1 -77.3;JO JOR 30.6 36.2;JP JPN 36.2 138.3;KE KEN 0.0 37.9;KG KGZ 41.2 74.8;" +
  "KH KHM 12.6 105.0;KI KIR -3.4 -168.7;KM COM -11.9 43.9;KN KNA 17.4 -62.8;KP PRK 40.3 127.5;KR KOR 35.9 127.8;" +
  "KW KWT 29.3 47.5;KY CYM 19.5 -80.6;KZ KAZ 48.0 66.9;LA LAO 19.9 102.5;LB LBN 33.9 35.9;LC LCA 13.9 -61.0;LI LIE 47.2 9.6;" +
  "LK LKA 7.9 80.8;LR LBR 6.4 -9.4;LS LSO -29.6 28.2;LT LTU 55.2 23.9;LU LUX 49.8 6.1;LV LVA 56.9 24.6;LY LBY 26.3 17.2;" +
  "MA MAR 31.8 -7.1;MC MCO 43.8 7.4;MD MDA 47.4 28.4;ME MNE 42.7 19.4;MF MAF 18.1 -63.1;MG MDG -18.8 46.9;MH MHL 7.1 171.2;" +
  "MK MKD 41.6 21.7;ML MLI 17.6 -4.0;MM MMR 21.9 96.0;MN MNG 46.9 103.8;MO MAC 22.2 113.5;MP MNP 17.3 145.4;MQ MTQ 14.6 -61.0;" +
  "MR MRT 21.0 -10.9;MS MSR 16.7 -62.2;MT MLT 35.9 14.4;MU MUS -20.3 57.6;MV MDV 3.2 73.2;MW MWI -13.3 34.3;MX MEX 23.6 -102.6;" +
  "MY MYS 4.2 102.0;MZ MOZ -18.7 35.5;NA NAM -23.0 18.5;NC NCL -20.9 165.6;NE NER 17.6 8.1;NF NFK -29.0 168.0;NG NGA 9.1 8.7;" +
  "NI NIC 12.9 -85.2;NL NLD 52.1 5.3;NO NOR 60.5 8.5;NP NPL 28.4 84.1;NR NRU -0.5 166.9;NU NIU -19.1 -169.9;NZ NZL -40.9 174.9;" +
  "OM OMN 21.5 55.9;PA PAN 8.5 -80.8;PE PER -9.2 -75.0;PF PYF -17.7 -149.4;PG PNG -6.3 144.0;PH PHL 12.9 121.8;PK PAK 30.4 69.3;" +
  "PL POL 51.9 19.1;PM SPM 46.9 -56.3;PN PCN -24.7 -127.4;PR PRI 18.2 -66.6;PS PSE 32.0 35.2;PT PRT 39.4 -8.2;PW PLW 7.5 134.6;" +
  "PY PRY -23.4 -58.4;QA QAT 25.4 51.2;RE REU -21.1 55.5;RO ROU 45.9 25.0;RS SRB 44.0 21.0;RU RUS 61.5 105.3;RW RWA -1.9 29.9;" +
  "SA SAU 23.9 45.1;SB SLB -9.6 160.2;SC SYC -4.7 55.5;SD SDN 12.9 30.2;SE SWE 60.1 18.6;SG SGP 1.4 103.8;SH SHN -24.1 -10.0;" +
  "SI SVN 46.2 15.0;SJ SJM 77.6 23.7;SK SVK 48.7 19.7;SL SLE 8.5 -11.8;SM SMR 43.9 12.5;SN SEN 14.5 -14.5;SO SOM 5.2 46.2;" +
  "SR SUR 3.9 -56.0;SS SSD 7.9 30.0;ST STP 0.2 6.6;SV SLV 13.8 -88.9;SX SXM 18.0 -63.1;SY SYR 34.8 39.0;SZ SWZ -26.5 31.5;" +
  "TC TCA 21.7 -71.8;TD TCD 15.5 18.7;TF ATF -49.3 69.3;TG TGO 8.6 0.8;TH THA 15.9 101.0;TJ TJK 38.9 71.3;TK TKL -9.0 -171.9;" +
  "TL TLS -8.9 125.7;TM TKM 39.0 59.6;TN TUN 33.9 9.5;TO TON -21.2 -175.2;TR TUR 39.0 35.2;TT TTO 10.7 -61.2;TV TUV -7.1 177.6;" +
  "TW TWN 23.7 121.0;TZ TZA -6.4 34.9;UA UKR 48.4 31.2;UG UGA 1.4 32.3;UM UMI 19.3 166.6;US USA 37.1 -95.7;UY URY -32.5 -55.8;" +
  "UZ UZB 41.4 64.6;VA VAT 41.9 12.5;VC VCT 13.0 -61.3;VE VEN 6.4 -66.6;VG VGB 18.4 -64.6;VI VIR 18.3 -64.9;VN VNM 14.1 108.3;" +
  "VU VUT -15.4 166.9;WF WLF -13.8 -177.2;WS WSM -13.8 -172.1;XK XKX 42.6 20.9;YE YEM 15.6 48.5;YT MYT -12.8 45.2;" +
  "ZA ZAF -30.6 22.9;ZM ZMB -13.1 27.8;ZW ZWE -19.0 29.2";

/** Two letters, latitude, longitude, name. */
const STATES =
  "AL 32.8 -86.8 Alabama;AK 64.1 -152.3 Alaska;AZ 34.3 -111.7 Arizona;AR 34.9 -92.4 Arkansas;CA 37.2 -119.5 California;" +
  "CO 39.0 -105.5 Colorado;CT 41.6 -72.7 Connecticut;DE 39.0 -75.5 Delaware;DC 38.9 -77.0 District of Columbia;" +
  "FL 28.6 -82.4 Florida;GA 32.6 -83.4 Georgia;HI 20.3 -156.4 Hawaii;ID 44.4 -114.6 Idaho;IL 40.0 -89.2 Illinois;" +
  "IN 39.9 -86.3 Indiana;IA 42.1 -93.5 Iowa;KS 38.5 -98.4 Kansas;KY 37.5 -85.3 Kentucky;LA 31.1 -92.0 Louisiana;" +
  "ME 45.4 -69.2 Maine;MD 39.1 -76.8 Maryland;MA 42.3 -71.8 Massachusetts;MI 44.3 -85.4 Michigan;MN 46.3 -94.3 Minnesota;" +
  "MS 32.7 -89.7 Mississippi;MO 38.4 -92.5 Missouri;MT 47.1 -109.6 Montana;NE 41.5 -99.8 Nebraska;NV 39.3 -116.6 Nevada;" +
  "NH 43.7 -71.6 New Hampshire;NJ 40.2 -74.7 New Jersey;NM 34.4 -106.1 New Mexico;NY 43.0 -75.5 New York;" +
  "NC 35.6 -79.4 North Carolina;ND 47.5 -100.5 North Dakota;OH 40.3 -82.8 Ohio;OK 35.6 -97.5 Oklahoma;OR 43.9 -120.6 Oregon;" +
  "PA 40.9 -77.8 Pennsylvania;PR 18.2 -66.5 Puerto Rico;RI 41.7 -71.6 Rhode Island;SC 33.9 -80.9 South Carolina;" +
  "SD 44.4 -100.2 South Dakota;TN 35.9 -86.4 Tennessee;TX 31.5 -99.3 Texas;UT 39.3 -111.7 Utah;VT 44.1 -72.7 Vermont;" +
  "VA 37.5 -78.9 Virginia;WA 47.4 -120.5 Washington;WV 38.6 -80.6 West Virginia;WI 44.6 -90.0 Wisconsin;WY 43.0 -107.6 Wyoming";

export interface Place {
  readonly id: string;
  readonly name: string;
  /** Degrees. */
  readonly longitude: number;
  readonly latitude: number;
}

type Gazetteer = ReadonlyMap<string, Place>;

const made = new Map<string, Gazetteer>();

/** Places by their codes and names in lower case; undefined for a list that is not here. */
export function gazetteer(name: string): Gazetteer | undefined {
  // Dashboards of others name a file: `public/gazetteer/countries.json`.
  const key = name
    .replace(/^.*\//, "")
    .replace(/\.\w+$/, "")
    .toLowerCase();
  const known = made.get(key);
  if (known !== undefined) return known;
  const found = key === "" || key === "countries" ? countries() : key === "usa-states" ? states() : undefined;
  if (found !== undefined) made.set(key, found);
  return found;
}

function countries(): Gazetteer {
  const names = new Intl.DisplayNames(["en"], { type: "region", fallback: "none" });
  const result = new Map<string, Place>();
  for (const row of COUNTRIES.split(";")) {
    const [two = "", three = "", latitude, longitude] = row.split(" ");
    const name = names.of(two) ?? two;
    const place = { id: two, name, latitude: Number(latitude), longitude: Number(longitude) };
    for (const key of [two, three, name]) result.set(key.toLowerCase(), place);
  }
  return result;
}

function states(): Gazetteer {
  const result = new Map<string, Place>();
  for (const row of STATES.split(";")) {
    const [id = "", latitude, longitude, ...words] = row.split(" ");
    const place = { id, name: words.join(" "), latitude: Number(latitude), longitude: Number(longitude) };
    for (const key of [id, place.name]) result.set(key.toLowerCase(), place);
  }
  return result;
}

export function placeOf(places: Gazetteer, value: unknown): Place | undefined {
  return value === null || value === undefined ? undefined : places.get(String(value).trim().toLowerCase());
}
