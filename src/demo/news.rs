//! What the partners report: invented, but such as a city could read. Pure data.

/// One piece of news.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) title: &'static str,
    pub(super) lead: &'static str,
    pub(super) text: &'static str,
    pub(super) tag: &'static str,
    pub(super) author: &'static str,
}

const fn item(
    title: &'static str,
    lead: &'static str,
    text: &'static str,
    tag: &'static str,
    author: &'static str,
) -> Item {
    Item { title, lead, text, tag, author }
}

pub(super) const PORTAL: [Item; 6] = [
    item(
        "Нова велосипедна алея свързва центъра с университета",
        "Алеята е дълга четири километра и е отделена от платното.",
        "Движението по нея започва в понеделник. По трасето има шест стоянки и чешма.",
        "Транспорт",
        "Пресцентър",
    ),
    item(
        "Започва обновяването на градската библиотека",
        "Читалните ще работят през целия ремонт.",
        "Сградата получава нова изолация, асансьор и зала за срещи. Проектът приключва през есента.",
        "Култура",
        "Пресцентър",
    ),
    item(
        "Общината отвори данните за качеството на въздуха",
        "Измерванията на 42 станции вече са достъпни свободно.",
        "Данните се обновяват на всеки час и могат да се използват от всеки. Описанието им е на български и английски език.",
        "Отворени данни",
        "Пресцентър",
    ),
    item(
        "Детските градини приемат заявления по интернет",
        "Класирането се обявява в края на май.",
        "Родителите могат да следят заявлението си през телефона. За помощ работи и гише в общината.",
        "Образование",
        "Пресцентър",
    ),
    item(
        "Пет квартала гласуват за своя проект",
        "Жителите избират между двадесет предложения.",
        "Сред идеите са озеленени дворове, площадки за игра и работилница за велосипеди. Гласува се до неделя.",
        "Участие",
        "Пресцентър",
    ),
    item(
        "Нощният автобус тръгва и през делничните дни",
        "Четири линии ще се движат на всеки четиридесет минути.",
        "Билетът е същият като през деня. Разписанието е публикувано на спирките.",
        "Транспорт",
        "Пресцентър",
    ),
];

pub(super) const GREEN: [Item; 5] = [
    item(
        "Клъстерът търси партньори за енергийна общност",
        "Търсим сгради с подходящи покриви и хора с желание.",
        "Първата среща е на 12 май. Ще покажем колко спестява един блок със собствена слънчева централа.",
        "Енергия",
        "Ана Георгиева",
    ),
    item(
        "Как се прави карта на топлинните острови",
        "Разказваме за измерванията от миналото лято.",
        "Тридесет доброволци обиколиха града с термометри. Разликата между парка и булеварда достигна седем градуса.",
        "Климат",
        "Иван Димитров",
    ),
    item(
        "Работилница: ремонт вместо смет",
        "Донесете уреда, ние носим инструментите.",
        "Миналия път поправихме шестдесет уреда. Най-честата повреда беше прекъснат кабел.",
        "Кръгова икономика",
        "Ана Георгиева",
    ),
    item(
        "Три компании получиха награда за чисто производство",
        "Отличените спестяват вода, ток и опаковки.",
        "Журито оцени двадесет и осем кандидатури. Наградите бяха връчени на годишната среща на клъстера.",
        "Награди",
        "Иван Димитров",
    ),
    item(
        "Отворен е приемът за лятната школа",
        "Студенти от пет държави ще работят по задачи на града.",
        "Школата трае две седмици и е безплатна. Кандидатства се с кратко писмо.",
        "Образование",
        "Ана Георгиева",
    ),
];

pub(super) const INCUBATOR: [Item; 5] = [
    item(
        "Десет екипа влизат в пролетната програма",
        "Избрахме ги от сто и тридесет кандидати.",
        "Те получават работно място, наставник и достъп до лабораторията. Програмата завършва с представяне през юни.",
        "Предприемачество",
        "Екипът на инкубатора",
    ),
    item(
        "Безплатни консултации за търговски марки",
        "Всеки четвъртък от 16 часа.",
        "Запишете се предварително по телефона. Консултациите са за фирми, основани през последните три години.",
        "Услуги",
        "Екипът на инкубатора",
    ),
    item(
        "Роботът за сортиране на отпадъци намери първия си клиент",
        "Той различава дванадесет вида пластмаса.",
        "Екипът започна в нашата работилница преди две години. Сега наема още четирима инженери.",
        "Успехи",
        "Екипът на инкубатора",
    ),
    item(
        "Среща с инвеститори на 20 май",
        "Осем фонда ще слушат по седем минути.",
        "Представянията са на английски език. Зрителите са добре дошли, местата са сто.",
        "Финансиране",
        "Екипът на инкубатора",
    ),
    item(
        "Лабораторията има нов триизмерен принтер",
        "Печата детайли с дължина до един метър.",
        "Обучението трае два часа и е задължително. Материалът се заплаща.",
        "Лаборатория",
        "Екипът на инкубатора",
    ),
];

pub(super) const PARK: [Item; 5] = [
    item(
        "Two laboratories share one clean room",
        "Sensors and batteries are now tested under one roof.",
        "The room is open to companies from the region. Bookings are made by the half day.",
        "Research",
        "Clara Moser",
    ),
    item(
        "What we learned from a hundred heat pumps",
        "A winter of measurements in old buildings.",
        "Good insulation matters less than a careful setting of the controls. The data set is free to use.",
        "Energy",
        "Jonas Weber",
    ),
    item(
        "Apprentices build a weather station",
        "It stands at 2,300 metres and reports every ten minutes.",
        "The station survived its first storm. Its plans are published under an open licence.",
        "Education",
        "Clara Moser",
    ),
    item(
        "A delegation from Sofia visits the park",
        "Clusters of two countries compare notes.",
        "The visitors met the managers of three technology centres and agreed on a joint workshop in autumn.",
        "Partners",
        "Jonas Weber",
    ),
    item(
        "Wood that remembers its forest",
        "A start-up follows beams from the tree to the roof.",
        "Each beam carries a mark that survives sawing and drying. Builders see where it grew.",
        "Start-ups",
        "Clara Moser",
    ),
];

pub(super) const NETWORK: [Item; 5] = [
    item(
        "Call for mentors opens",
        "Cities ask for experts in procurement and open data.",
        "Mentors spend ten days with a city over a year. Applications are read as they come.",
        "Calls",
        "Network office",
    ),
    item(
        "Fifteen cities publish their strategies",
        "Each has a budget, a timetable and a person in charge.",
        "The strategies were written with companies, universities and residents. Summaries are available in all languages.",
        "Strategies",
        "Network office",
    ),
    item(
        "How to count what a digital service saves",
        "A short guide with three worked examples.",
        "It begins with what residents no longer have to do. Money comes second.",
        "Guides",
        "Network office",
    ),
    item(
        "Peer review: parking without paper",
        "Reviewers praise the data and doubt the signs.",
        "Drivers found a place four minutes sooner. The city will now simplify the zones.",
        "Mobility",
        "Network office",
    ),
    item(
        "Autumn assembly will be held in Sofia",
        "Two days, forty sessions, one city to explore.",
        "Registration opens in June. Speakers are asked to bring results rather than plans.",
        "Events",
        "Network office",
    ),
];

pub(super) const INSTITUTE: [Item; 5] = [
    item(
        "Доклад: как се движи градът сутрин",
        "Половината пътувания са по-къси от три километра.",
        "Изследването обхваща две хиляди домакинства. Докладът е достъпен за изтегляне.",
        "Изследвания",
        "Институтът",
    ),
    item(
        "Открита лекция за градските реки",
        "Лекцията е на 8 май в голямата зала.",
        "Говорим за това как три европейски града отвориха реките си. Входът е свободен.",
        "Събития",
        "Институтът",
    ),
    item(
        "Търсим доброволци за преброяване на дърветата",
        "Обучението трае един час.",
        "Всяко дърво получава номер, снимка и описание. Картата ще бъде публична.",
        "Участие",
        "Институтът",
    ),
    item(
        "Нова книга за панелните квартали",
        "Петнадесет автори, една обща тема.",
        "Книгата показва какво мислят жителите за своите блокове и какво биха променили.",
        "Издания",
        "Институтът",
    ),
    item(
        "Излезе годишният атлас на града",
        "Сто и двадесет карти на едно място.",
        "Атласът показва къде се строи, къде се учи и къде липсва зеленина.",
        "Издания",
        "Институтът",
    ),
];
